import { Secret } from '#secret';
import { Database } from './database';
import { urlWith } from './database-target';
import { roleNames, type RoleName } from './role-name';
import type { RolePasswords } from './role-passwords';
import { rows } from './rows';
import { scramVerifier } from './scram-verifier';
import type { Transaction } from './transaction';

/** The owner of the database may do too little to set Patchbay up, or so much that row policies would not bind it. */
export class OwnerIsUnfit extends Error {
  override readonly name = 'OwnerIsUnfit';
}

/** A role that processes run as is missing, is exempt from row policies, or is not the owner's to change. */
export class RoleIsUnfit extends Error {
  override readonly name = 'RoleIsUnfit';
}

/** The URL a process takes that runs as `role`: the owner's, with another name and password. */
export const roleUrl = (ownerUrl: Secret, role: RoleName, passwords: RolePasswords): Secret =>
  urlWith(ownerUrl, { user: role, password: passwords[role] });

/**
 * Creates the roles that are missing, gives each its password, and admits them to the owner's database. Any number of times, also at once.
 * Without passwords (null) the roles are somebody else's care: they must be there, and none is changed.
 *
 * @throws OwnerIsUnfit | RoleIsUnfit
 */
export const ensureRoles = async (ownerUrl: Secret, passwords: RolePasswords | null): Promise<void> => {
  const database = await Database.open({ url: ownerUrl, applicationName: 'patchbay-roles', poolSize: 1 });
  try {
    await database.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('patchbay roles', 0))`);
      await refuseUnfitOwner(tx, { createsRoles: passwords !== null });
      const present = await attributesOf(tx);
      for (const role of roleNames) {
        const attributes = present.get(role);
        if (attributes !== undefined) refuseExemptRole(role, attributes);
        else if (passwords === null)
          throw new RoleIsUnfit(`The role ${role} is missing: create it, or name the folder that keeps its password (PATCHBAY_DATA).`);
        else await tx.query(`create role ${role} login nosuperuser nobypassrls nocreatedb nocreaterole`);
        if (passwords !== null) await givePassword(tx, role, passwords[role]);
      }
      await admit(tx);
    });
  } finally {
    await database.close();
  }
};

/** Lets the roles into a database and nobody else: what every other role may do by default is revoked. For a database of its own, e.g. a test's. */
export const admitRoles = async (ownerUrl: Secret): Promise<void> => {
  const database = await Database.open({ url: ownerUrl, applicationName: 'patchbay-roles', poolSize: 1 });
  try {
    await database.transaction(admit);
  } finally {
    await database.close();
  }
};

const admit = async (tx: Transaction): Promise<void> => {
  const [database] = await rows<{ name: string }>(tx, `select quote_ident(current_database()) as name`);
  if (database === undefined) throw new Error('The server did not name its database.');
  await tx.query(`revoke all on database ${database.name} from public`);
  await tx.query(`revoke all on schema public from public`);
  await tx.query(`grant connect on database ${database.name} to ${roleNames.join(', ')}`);
};

interface Attributes {
  readonly superuser: boolean;
  readonly bypassesRowPolicies: boolean;
}

const attributesOf = async (tx: Transaction): Promise<Map<string, Attributes>> => {
  const found = await rows<Attributes & { name: string }>(
    tx,
    `select rolname as name, rolsuper as superuser, rolbypassrls as "bypassesRowPolicies" from pg_roles where rolname = any($1)`,
    [[...roleNames]],
  );
  return new Map(found.map((role) => [role.name, role]));
};

const refuseUnfitOwner = async (tx: Transaction, needed: { createsRoles: boolean }): Promise<void> => {
  const [owner] = await rows<Attributes & { name: string; createsRoles: boolean }>(
    tx,
    `select rolname as name, rolsuper as superuser, rolbypassrls as "bypassesRowPolicies", rolcreaterole as "createsRoles"
       from pg_roles where rolname = current_user`,
  );
  if (owner === undefined) throw new OwnerIsUnfit('The server does not know the role it let in.');
  if (owner.superuser || owner.bypassesRowPolicies) {
    throw new OwnerIsUnfit(
      `The database's owner must not be ${owner.name}, a superuser or exempt from row policies: ` +
        `create role patchbay_owner login createrole, make it the owner of the database, and use its URL.`,
    );
  }
  if (needed.createsRoles && !owner.createsRoles) {
    throw new OwnerIsUnfit(`${owner.name} may not create roles: as a superuser run "alter role ${owner.name} createrole" once.`);
  }
};

const refuseExemptRole = (role: RoleName, { superuser, bypassesRowPolicies }: Attributes): void => {
  if (superuser || bypassesRowPolicies) {
    throw new RoleIsUnfit(
      `${role} exists and is a superuser or exempt from row policies: run "alter role ${role} nosuperuser nobypassrls".`,
    );
  }
};

// PostgreSQL takes no parameters in ALTER ROLE; a verifier has no quote in it.
const givePassword = async (tx: Transaction, role: RoleName, password: Secret): Promise<void> => {
  try {
    await tx.query(`alter role ${role} login password '${scramVerifier(password.reveal())}'`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42501') throw error;
    throw new RoleIsUnfit(`${role} exists and was created by somebody else: drop it, or grant it to the owner with admin option.`);
  }
};
