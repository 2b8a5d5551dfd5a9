import { secretUrl } from '#runtime';
import type { Secret } from '#secret';
import type { z } from 'zod';

const example = 'esdb://127.0.0.1:2113?tls=false';

/** A variable that names a log. It may hold a password, so it is never an argument and never shown. */
export const eventStoreUrl = {
  example,
  of: (description: string): z.ZodType<Secret, string> =>
    secretUrl('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover').meta({ description, example }),
};
