import type { LoggedEvent, LogView } from './log-view';
import type { Answer, Doing, Request } from './requests';

export interface Answered {
  readonly request: Request;
  readonly answer: Answer;
}

/** The events that a request which was done leaves behind; one of them at least. */
const leaves: Readonly<Record<Doing, readonly string[]>> = {
  create: ['ConnectionCreated'],
  rename: ['ConnectionRenamed'],
  verify: ['ConnectionVerified', 'VerificationFailed'],
  rotate: ['CredentialsRotated', 'CredentialsProposed'],
  remove: ['ConnectionRemoved'],
};

/** What was acknowledged and is not in the log as it was acknowledged. */
export function notInTheLog(log: LogView, acknowledged: readonly Answered[]): readonly string[] {
  return acknowledged.flatMap(({ request: { id, does, path }, answer }) => {
    const events = eventsOf(log, id);
    const what = `The request ${id} (${does}) was answered ${answer.status}`;
    if (!events.some(({ type }) => leaves[does].includes(type.replace(/\.v\d+$/, '')))) return [`${what} and is not in the log.`];
    const connectionId = does === 'create' ? (JSON.parse(answer.body) as { id: string }).id : path.split('/')[1];
    const last = events.at(-1);
    return [
      ...(last?.stream === `connection-${connectionId}` ? [] : [`${what} and is in the log of another connection.`]),
      ...(last?.position === answer.position
        ? []
        : [`${what} with the position ${String(answer.position)}, and lies elsewhere in the log.`]),
    ];
  });
}

/** Requests that were sent more than once, under one name, and done more than once. */
export function doneTwice(log: LogView): readonly string[] {
  return [...log.byRequest.keys()].flatMap((id) => {
    const commands = new Set(eventsOf(log, id).map(({ stream, about }) => `${stream} ${about.commandId}`));
    return commands.size > 1 ? [`The request ${id} was done ${commands.size} times.`] : [];
  });
}

/** What a request did to connections: names are reserved by commands of their own. */
function eventsOf({ byRequest }: LogView, id: string): readonly LoggedEvent[] {
  return (byRequest.get(id) ?? []).filter(({ stream }) => stream.startsWith('connection-'));
}

/** A request that was sent once more, after all that happened, and is not answered as it was. */
export function answeredOtherwise(first: Answered, again: Answer): readonly string[] {
  const { request, answer } = first;
  const isSame = again.status === answer.status && again.position === answer.position && again.body === answer.body;
  return isSame
    ? []
    : [`The request ${request.id} (${request.does}) was answered ${answer.status} and, sent again, ${again.status} with other words.`];
}
