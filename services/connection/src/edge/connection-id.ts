import { Refused } from '#domain';
import type { PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';

/** The id of a connection out of a path. What cannot be one names a connection that does not exist. */
export const connectionId: PipeTransform<string, string> = {
  transform: (id) => {
    if (!validate(id)) throw new Refused('ConnectionDoesNotExist');
    return id;
  },
};
