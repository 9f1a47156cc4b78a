// Reads an export of OpenTelemetry's protocol: protobuf or JSON, compressed or not.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { fromBinary, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { readBody } from '../http/read-body.ts';
import { jsonType, protobufType } from './content-types.ts';
import { type ExportTraceServiceRequest, ExportTraceServiceRequestSchema } from './generated/otlp_pb.js';
import { Refusal } from './refusal.ts';

const [unzip, unpack, unpackRaw] = [promisify(gunzip), promisify(inflate), promisify(inflateRaw)];

/** @throws Refusal for another type or encoding, and for what cannot be read */
export async function readRequest(http: IncomingMessage, limit: number): Promise<ExportTraceServiceRequest> {
  const given = http.headers['content-type'];
  const type = given?.split(';')[0]?.trim();
  if (type !== protobufType && type !== jsonType)
    throw new Refusal(400, `Invalid Content-Type: ${given ?? 'None'}. Expected: ${protobufType}`);
  const body = await decompress(await readBody(http, limit), http.headers['content-encoding'], limit);
  const request = type === jsonType ? fromJsonBody(body) : fromProtobufBody(body);
  if (request.resourceSpans.length === 0)
    throw new Refusal(400, 'Invalid OpenTelemetry protobuf format - no spans found');
  return request;
}

async function decompress(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const options = { maxOutputLength: limit };
  const name = encoding?.toLowerCase();
  if (name === undefined || name === '' || name === 'identity') return body;
  if (name !== 'gzip' && name !== 'deflate') throw new Refusal(400, `Unsupported Content-Encoding: ${name}`);
  try {
    if (name === 'gzip') return await unzip(body, options);
    // Some clients leave the frame out.
    return await unpack(body, options).catch(() => unpackRaw(body, options));
  } catch {
    throw new Refusal(400, `Failed to decompress ${name} payload`);
  }
}

function fromProtobufBody(body: Buffer): ExportTraceServiceRequest {
  try {
    return fromBinary(ExportTraceServiceRequestSchema, body, { readUnknownFields: false });
  } catch {
    throw new Refusal(400, 'Invalid OpenTelemetry protobuf format');
  }
}

function fromJsonBody(body: Buffer): ExportTraceServiceRequest {
  try {
    const json: JsonValue = JSON.parse(body.toString('utf8'), base64Ids);
    return fromJson(ExportTraceServiceRequestSchema, json, { ignoreUnknownFields: true });
  } catch {
    throw new Refusal(400, 'Invalid OpenTelemetry JSON format');
  }
}

const idNames = new Set(['traceId', 'spanId', 'parentSpanId', 'trace_id', 'span_id', 'parent_span_id']);

/** Ids are hexadecimal in the protocol's JSON, where protobuf's own would be base64. */
function base64Ids(key: string, value: unknown): unknown {
  const isId = idNames.has(key) && typeof value === 'string' && /^[0-9a-f]*$/i.test(value);
  return isId ? Buffer.from(value, 'hex').toString('base64') : value;
}
