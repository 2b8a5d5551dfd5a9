import { z } from 'zod';
import { isMetastream, metastreamOf } from './log-event';

/** What may be done with a stream; of its settings, which are a stream of their own, too. */
export type StreamAction = 'read' | 'write' | 'delete';

/** Who may do what with a stream, as its `$metadata` says: names of users and of groups; what is absent is as by default. */
export interface AccessList {
  readonly $r?: readonly string[] | undefined;
  readonly $w?: readonly string[] | undefined;
  readonly $d?: readonly string[] | undefined;
  readonly $mr?: readonly string[] | undefined;
  readonly $mw?: readonly string[] | undefined;
}

/** May do everything, whatever a list says. */
export const admins = '$admins';
/** Everybody who has said who they are. */
export const everybody = '$all';
/** Reading the whole log is asked of a stream of this name, whose settings are in `$$$all`. */
export const wholeLog = '$all';

const nobody: readonly string[] = [];
// What cannot be understood opens nothing.
const roles = z
  .union([z.string().transform((role) => [role]), z.array(z.string())])
  .optional()
  .catch([]);
const lists = z.object({ $r: roles, $w: roles, $d: roles, $mr: roles, $mw: roles }).catch({ $r: [], $w: [], $d: [], $mr: [], $mw: [] });
const metadata = z.object({ $acl: lists.optional() }).catch({});

/** Of a stream's newest settings; null where it has none. */
export const accessListOf = (settings: Uint8Array | null): AccessList =>
  settings === null ? {} : (metadata.parse(parsed(settings)).$acl ?? {});

/** The stream whose access list decides about this one: a stream's settings are in the hands of the stream's own list. */
export const judgedBy = (stream: string): string => (isMetastream(stream) ? stream.slice(metastreamOf('').length) : stream);

/** Who may, beside the admins; `list` is that of `judgedBy(stream)`. Streams of the system, whose names begin with `$`, are the admins' by default. */
export const rolesFor = (action: StreamAction, stream: string, list: AccessList): readonly string[] => {
  if (isMetastream(stream) && action === 'delete') return nobody;
  return listed(action, stream, list) ?? (judgedBy(stream).startsWith('$') ? [admins] : [everybody]);
};

const listed = (action: StreamAction, stream: string, { $r, $w, $d, $mr, $mw }: AccessList): readonly string[] | undefined => {
  switch (action) {
    case 'read':
      return isMetastream(stream) ? $mr : $r;
    case 'write':
      return isMetastream(stream) ? $mw : $w;
    case 'delete':
      return $d;
  }
};

const parsed = (data: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
};
