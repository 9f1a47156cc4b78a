// What Docker asks in the image: exit status 0 where the server in this container takes requests, else 1.
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

const url = new URL(process.env.HONE_HEALTH_URL || 'http://127.0.0.1:5000/readyz');
const timeout = 5000;

// The certificate is for the server's callers, not for this address
const request =
  url.protocol === 'https:'
    ? getHttps(url, { timeout, rejectUnauthorized: false }, tell)
    : getHttp(url, { timeout }, tell);
request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)));
request.on('error', (error) => fail(error.message));

function tell({ statusCode }: { readonly statusCode?: number | undefined }): void {
  if (statusCode === 200) process.exit(0);
  fail(`status ${statusCode}`);
}

function fail(reason: string): void {
  console.error(`${url.href}: ${reason}`);
  process.exit(1);
}
