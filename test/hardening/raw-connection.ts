// A connection on which bytes are sent as they are, whatever they are.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Opens a connection to a server. */
export async function openRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and hears what comes until the server closes the connection. */
export async function exchangeRaw(url: string, bytes: string): Promise<string> {
  const socket = await openRaw(url);
  socket.write(bytes);
  return await heardFrom(socket);
}

/** All that comes until the end. */
export async function heardFrom(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (part) => {
    text += String(part);
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** The statuses of the answers in what was heard. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}
