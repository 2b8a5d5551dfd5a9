import type { Scratch } from '../scratch';
import { inColour } from './in-colour';
import { lifeOfAConnection } from './life-of-a-connection';
import { OrdersService } from './orders-service';
import { startPatchbay } from './patchbay';
import { AnsweredOtherwise } from './step';
import { timelineOf } from './timeline';

/** Starts what it takes, shows the steps and then the history, and answers the code to end with. */
export async function demo(scratch: Scratch, show: (line: string) => void): Promise<number> {
  const orders = await OrdersService.start(scratch.parts);
  const patchbay = await startPatchbay({ ...scratch, servicePort: orders.port });
  try {
    show('What is done → what comes of it');
    const connectionId = await lifeOfAConnection({ ...scratch, patchbay, orders, show });
    show('');
    show('Its history, from the log:');
    for (const line of await timelineOf(patchbay, connectionId)) show(line);
    return 0;
  } catch (error) {
    if (!(error instanceof AnsweredOtherwise)) throw error;
    show(inColour('red', error.message));
    return 1;
  }
}
