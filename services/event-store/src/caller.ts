/** Who calls: their name and their groups. Somebody without credentials has no role at all. */
export interface Caller {
  readonly roles: readonly string[];
}
