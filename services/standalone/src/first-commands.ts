export interface FirstCommand {
  readonly does: string;
  readonly line: string;
}

/**
 * Three lines for a shell, each of which works by itself and any number of times: names carry the time of day, as a name is given once.
 * The first keeps its answer's headers, from which the second takes the position that the list has to have reached.
 */
export function firstCommands({
  url,
  token,
  sampleUrl,
  apiKey,
  headersFile,
}: {
  url: string;
  token: string;
  sampleUrl: string;
  apiKey: string;
  headersFile: string;
}): readonly FirstCommand[] {
  const collection = quoted(`${url}/v1/workspaces/acme/connections`);
  const authorized = `-H ${quoted(`Authorization: Bearer ${token}`)}`;
  const create = (name: string, key: string): string =>
    `curl -sS -w '\\n' -X POST ${collection} ${authorized} -H 'Content-Type: application/json' -d ${body(name, key)}`;
  const body = (name: string, key: string): string => {
    const now = '@now@';
    const json = JSON.stringify({
      connector: 'http',
      name: `${name} ${now}`,
      serviceUrl: sampleUrl,
      authType: 'api_key',
      settings: {
        apiKeyIn: 'header',
        apiKeyName: 'X-Api-Key',
        verificationPath: '/whoami',
        accountIdPath: 'id',
        accountLabelPath: 'name',
      },
      credentials: { apiKey: key },
    });
    return quoted(json).replace(now, `'"$(date +%H:%M:%S)"'`);
  };
  return [
    { does: 'Connect the sample service with its key: status "active"', line: `${create('Orders', apiKey)} -D ${quoted(headersFile)}` },
    {
      does: 'List the connections, as of that change at least',
      line: `curl -sS -w '\\n' ${collection} ${authorized} -H "Patchbay-Min-Position: $(awk 'tolower($1) == "patchbay-position:" { print $2 }' ${quoted(headersFile)} | tr -d '\\r')"`,
    },
    {
      does: 'Connect it with a wrong key: status "error", with the reason and what to do',
      line: create('Orders, wrong key', 'orders_wrong'),
    },
  ];
}

/** One word of a POSIX shell, taken literally. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
