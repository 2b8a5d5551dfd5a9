/**
 * The roles that processes run as, none of them owner or superuser.
 * `patchbay_log`: the embedded event store, schema `log` only. `patchbay_connection`: one workspace at a time. `patchbay_projections`: every
 * workspace's read models, nothing of the vault. `patchbay_jobs`: work across workspaces. `patchbay_reader`: what is published.
 */
export const roleNames = ['patchbay_log', 'patchbay_connection', 'patchbay_projections', 'patchbay_jobs', 'patchbay_reader'] as const;

export type RoleName = (typeof roleNames)[number];
