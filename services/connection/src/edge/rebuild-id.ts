import { Refused } from '#domain';
import type { PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';

/** The id of a rebuild out of a path. What cannot be one names a rebuild that does not exist. */
export const rebuildId: PipeTransform<string, string> = {
  transform: (id) => {
    if (!validate(id)) throw new Refused('RebuildDoesNotExist');
    return id;
  },
};
