const sentences = {
  ProjectionDoesNotExist: 'There is no such projection, or nothing has filled it yet.',
  ProjectionIsBeingRebuilt: 'The projection is being rebuilt already: wait for that rebuild, or cancel it.',
  NoEarlierTablesAreKept:
    'No earlier tables of the projection are kept that could be brought up to date: rebuild the version that is wanted.',
  RebuildDoesNotExist: 'The projection had no such rebuild.',
  RebuildHasEnded: 'The rebuild has ended already.',
} as const;

/** A rebuild is not asked for, or not cancelled. The message says what to do. */
export class RebuildIsRefused extends Error {
  override readonly name = 'RebuildIsRefused';
  constructor(readonly reason: keyof typeof sentences) {
    super(sentences[reason]);
  }
}
