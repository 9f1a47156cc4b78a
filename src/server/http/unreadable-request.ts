// Answers what is no HTTP request at all, before any protocol could say whose it is: in plain text, and the connection ends.
import type { Socket } from 'node:net';

// As in create-server.ts: an import by name would load a whole HTTP client.
const { maxHeaderSize, STATUS_CODES } = process.getBuiltinModule('node:http');

/** Tells what is wrong with the bytes that came. @param error the parser's */
export function refuseBytes(error: Error & { readonly code?: string }, socket: Socket): void {
  // Bytes in the midst of an answer would be taken for a part of it.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [status, reason] = telling(error.code);
  const body = `Cannot read the request: ${reason}`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...['Connection: close', 'Content-Type: text/plain; charset=utf-8', `Content-Length: ${body.length}`],
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function telling(code: string | undefined): readonly [number, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, `its headers are larger than ${maxHeaderSize} bytes`];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'its headers did not come in time'];
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return [413, 'the extensions of its chunks are too large'];
  return [400, `it is no HTTP (${code ?? 'unknown'})`];
}
