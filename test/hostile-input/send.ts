// Sends hostile requests: whole ones, and bytes as they are.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Reply, sendHttp } from './send-http.ts';
import type { World } from './world.ts';

export type { Reply } from './send-http.ts';

export type Sent = {
  /** Which key of the world's; `ann` unless given, null for none. */
  readonly as?: keyof World['keys'] | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes as they are, all else as JSON. */
  readonly body?: unknown;
};

/** Sends a request. `line` is the verb and the path, which is not tidied. */
export async function send(
  world: World,
  line: string,
  { as = 'ann', headers = {}, body }: Sent = {},
): Promise<Reply> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return await sendHttp(world.url, line, {
    headers: {
      ...(as !== null && { authorization: `Bearer ${world.keys[as]}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
  });
}

/** What a client does with its connection. */
export type Talk = (socket: Socket) => void | Promise<void>;

/**
 * Opens a connection, talks, and reads until the first answer is whole, the server closes or `patience` ms pass; all of them for a
 * second or less. Status 0: there was no answer.
 */
export async function talk(url: string, talking: Talk, patience = 10_000): Promise<Reply> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const parts: Buffer[] = [];
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      if (patience > 1000 && isWhole(Buffer.concat(parts).toString())) resolve();
    });
  });
  // A server that refuses closes while its client still sends.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  await talking(socket);
  await Promise.race([closed, answered, sleep(patience, undefined, { ref: false })]);
  socket.destroy();
  return readAnswer(Buffer.concat(parts).toString());
}

/** A request head of the world's Ann, which asks for an end of the connection. */
export function head(world: World, line: string, headers: readonly string[] = []): string {
  const [verb = '', path = ''] = line.split(' ');
  const usual = [`Host: 127.0.0.1`, `Authorization: Bearer ${world.keys.ann}`, 'Connection: close'];
  return [`${verb} ${path} HTTP/1.1`, ...usual, ...headers, '', ''].join('\r\n');
}

function isWhole(text: string): boolean {
  const answer = readAnswer(text);
  return answer.text.length >= Number(answer.headers['content-length'] ?? Number.POSITIVE_INFINITY);
}

function readAnswer(text: string): Reply {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return { status: 0, headers: {}, text };
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = Number(headers['content-length'] ?? text.length);
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers,
    text: text.slice(end + 4, end + 4 + length),
  };
}
