import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';
import { StatusAfter } from './status-after';

const Labels = z.record(z.string(), z.string());

export const LabelsChanged = EventType.named('LabelsChanged', z.object({ from: Labels, to: Labels, statusAfter: StatusAfter }));
export type LabelsChanged = EventOf<typeof LabelsChanged>;
