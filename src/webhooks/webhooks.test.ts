// Webhooks on both databases, delivered to a server on this machine.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { eventTypes, type NewEvent } from './entities.ts';
import { webhooksMigration } from './migration.ts';
import { prune } from './prune.ts';
import type { WebhookTables } from './tables.ts';
import { openWebhooks } from './webhooks.ts';

type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };
let received: Received[] = [];
let answer: (response: ServerResponse, path: string) => void;
const receiver = createServer(async (request, response) => {
  received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
  answer(response, request.url ?? '');
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});
beforeEach(() => {
  received = [];
  answer = status(200);
});
const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end('ignored');

const succeeded: NewEvent = {
  owner: 'ada',
  type: 'fine_tuning.job.succeeded',
  data: { id: 'ftjob-1' },
};
const client = new OpenAI({ apiKey: 'none' });
const unwrap = ({ body, headers }: Received, secret: string) =>
  client.webhooks.unwrap(body, Object.entries(headers) as [string, string][], secret);

await describeDatabases([webhooksMigration], (open) => {
  async function fresh({ timeoutMs = 10_000 } = {}) {
    const clock = { ms: Date.now() };
    const options = { now: () => clock.ms, timeoutMs };
    const database = await open();
    const elsewhere = openWebhooks(await open({ again: database }), options);
    return { clock, database, webhooks: openWebhooks(database, options), elsewhere };
  }
  const hook = (path = '/hook', owner = 'ada') => ({ owner, url: base + path, eventTypes });

  test('an event is delivered once, as the openai client expects it', async () => {
    const { webhooks, clock } = await fresh();
    const { endpoint, secret } = await webhooks.add(hook());
    const event = await webhooks.enqueue(succeeded);
    expect(await webhooks.deliverDue()).toEqual({ delivered: 1, failed: 0 });
    expect(await webhooks.deliverDue()).toEqual({ delivered: 0, failed: 0 });
    const [message, ...others] = received;
    expect(others).toEqual([]);
    if (message === undefined) throw new Error('nothing came');
    expect(await unwrap(message, secret.reveal())).toEqual({
      id: event.id,
      object: 'event',
      type: 'fine_tuning.job.succeeded',
      created_at: Math.floor(clock.ms / 1000),
      data: { id: 'ftjob-1' },
    });
    expect(message.headers['webhook-id']).toBe(event.id);
    expect(message.headers['content-type']).toBe('application/json');
    await expect(unwrap({ ...message, body: `${message.body} ` }, secret.reveal())).rejects.toThrow(
      'signature',
    );
    expect(await webhooks.deliveries(endpoint.id)).toEqual([
      {
        eventId: event.id,
        type: 'fine_tuning.job.succeeded',
        state: 'delivered',
        attempts: 1,
        dueAt: undefined,
        lastStatus: 200,
        lastError: undefined,
        updatedAt: clock.ms,
      },
    ]);
  });

  test('enqueue() reaches the endpoints of its owner that want its type, and no others', async () => {
    const { webhooks } = await fresh();
    await webhooks.add(hook('/all'));
    await webhooks.add({ ...hook('/failures'), eventTypes: ['fine_tuning.job.failed'] });
    await webhooks.add(hook('/bob', 'bob'));
    await webhooks.enqueue(succeeded);
    await webhooks.enqueue({ ...succeeded, type: 'fine_tuning.job.failed' });
    await webhooks.enqueue({ ...succeeded, owner: 'carol' });
    await webhooks.deliverDue();
    expect(received.map(({ path }) => path).sort()).toEqual(['/all', '/all', '/failures']);
  });

  test('enqueue() with a key makes one event, however often and from wherever', async () => {
    const { webhooks, elsewhere } = await fresh();
    await webhooks.add(hook());
    const told = await Promise.all(
      [webhooks, elsewhere, webhooks, elsewhere].map((one) =>
        one.enqueue({ ...succeeded, key: 'ftjob-1/end' }),
      ),
    );
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    await webhooks.enqueue({ ...succeeded, key: 'ftjob-2/end' });
    await webhooks.deliverDue();
    expect(received).toHaveLength(2);
  });

  test('a delivery that fails is repeated, later each time, with the same id and body', async () => {
    const { webhooks, clock } = await fresh();
    const { endpoint } = await webhooks.add(hook());
    await webhooks.enqueue(succeeded);
    answer = status(500);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      expect(await webhooks.deliverDue()).toEqual({ delivered: 0, failed: 1 });
      expect(await webhooks.deliverDue()).toEqual({ delivered: 0, failed: 0 });
      const [delivery] = await webhooks.deliveries(endpoint.id);
      expect(delivery).toMatchObject({ state: 'pending', attempts: attempt, lastStatus: 500 });
      waits.push((delivery?.dueAt ?? 0) - clock.ms);
      clock.ms = delivery?.dueAt ?? 0;
    }
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(5_000 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(5_500 * 2 ** index);
    }
    answer = status(204);
    expect(await webhooks.deliverDue()).toEqual({ delivered: 1, failed: 0 });
    expect(new Set(received.map(({ body, headers }) => `${body} ${headers['webhook-id']}`)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(5);
  });

  test('a delivery is given up 72 hours after the event', async () => {
    const { webhooks, clock } = await fresh();
    const { endpoint } = await webhooks.add(hook());
    const started = clock.ms;
    await webhooks.enqueue(succeeded);
    answer = status(503);
    let delivery = (await webhooks.deliveries(endpoint.id))[0];
    for (; delivery?.state === 'pending'; delivery = (await webhooks.deliveries(endpoint.id))[0]) {
      clock.ms = delivery.dueAt ?? 0;
      await webhooks.deliverDue();
    }
    expect(delivery).toMatchObject({ state: 'failed', dueAt: undefined, lastStatus: 503 });
    const hours = (clock.ms - started) / 3_600_000;
    expect(hours).toBeGreaterThan(65);
    expect(hours).toBeLessThanOrEqual(72);
    expect(delivery?.attempts).toBe(received.length);
    expect(received.length).toBeGreaterThan(15);
  });

  test('a redirect is not followed, a silent receiver is not waited for, a closed port is no error of ours', async () => {
    const { webhooks } = await fresh({ timeoutMs: 50 });
    const added = [
      await webhooks.add(hook('/redirect')),
      await webhooks.add(hook('/silent')),
      await webhooks.add({ ...hook(), url: 'http://127.0.0.1:9/?token=planted' }),
    ];
    answer = (response, path) => {
      if (path === '/redirect') response.writeHead(307, { location: `${base}/elsewhere` }).end();
    };
    await webhooks.enqueue(succeeded);
    expect(await webhooks.deliverDue()).toEqual({ delivered: 0, failed: 3 });
    expect(received.map(({ path }) => path).sort()).toEqual(['/redirect', '/silent']);
    const found = await Promise.all(added.map(({ endpoint }) => webhooks.deliveries(endpoint.id)));
    expect(found.map(([one]) => [one?.lastStatus, one?.lastError])).toEqual([
      [307, 'the answer had the status 307'],
      [undefined, 'no answer came within 0.05 s'],
      [undefined, expect.not.stringContaining('planted')],
    ]);
  });

  test('two servers never deliver one event at once', async () => {
    const { webhooks, elsewhere } = await fresh();
    await webhooks.add(hook());
    for (let i = 0; i < 40; i++) await webhooks.enqueue(succeeded);
    const reports = await Promise.all(
      [webhooks, elsewhere, webhooks, elsewhere].map((one) => one.deliverDue()),
    );
    expect(reports.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(40);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(40);
    expect(received).toHaveLength(40);
  });

  test('what a server that died had begun is sent by another, and its late word counts no more', async () => {
    const { webhooks, elsewhere, clock } = await fresh();
    const { endpoint } = await webhooks.add(hook());
    await webhooks.enqueue(succeeded);
    const held: ServerResponse[] = [];
    answer = (response) => void held.push(response);
    const first = webhooks.deliverDue();
    await vi.waitFor(() => expect(held).toHaveLength(1));
    clock.ms += 59_000;
    expect(await elsewhere.deliverDue()).toEqual({ delivered: 0, failed: 0 });
    clock.ms += 1_000;
    answer = status(200);
    expect(await elsewhere.deliverDue()).toEqual({ delivered: 1, failed: 0 });
    held[0]?.writeHead(500).end();
    await first;
    expect((await webhooks.deliveries(endpoint.id))[0]).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  test('rotate() ends a secret at once, or after a day', async () => {
    const { webhooks, clock } = await fresh();
    const { endpoint, secret: first } = await webhooks.add(hook());
    const { secret: second } = await webhooks.rotate(endpoint.id, { keepPrevious: true });
    const next = async () => {
      received = [];
      await webhooks.enqueue(succeeded);
      await webhooks.deliverDue();
      return received[0]?.headers['webhook-signature']?.toString() ?? '';
    };
    await webhooks.enqueue(succeeded);
    await webhooks.deliverDue();
    const [message] = received;
    if (message === undefined) throw new Error('nothing came');
    for (const secret of [first, second]) await unwrap(message, secret.reveal());
    clock.ms += 24 * 3_600_000;
    expect((await next()).split(' ')).toHaveLength(1);
    const { secret: third } = await webhooks.rotate(endpoint.id);
    expect((await next()).split(' ')).toHaveLength(1);
    clock.ms = Date.now();
    await next();
    const [last] = received;
    if (last === undefined) throw new Error('nothing came');
    await unwrap(last, third.reveal());
    await expect(unwrap(last, second.reveal())).rejects.toThrow('signature');
  });

  test('remove() ends what is under way; what is of another owner is not found', async () => {
    const { webhooks } = await fresh();
    const { endpoint } = await webhooks.add(hook());
    const { id } = endpoint;
    await webhooks.enqueue(succeeded);
    for (const attempt of [
      () => webhooks.remove(id, { owner: 'bob' }),
      () => webhooks.rotate(id, { owner: 'bob' }),
      () => webhooks.deliveries(id, { owner: 'bob' }),
    ])
      await expect(attempt()).rejects.toThrow(`Cannot find the endpoint '${id}'`);
    expect(await webhooks.list({ owner: 'bob' })).toEqual([]);
    expect(await webhooks.list({ owner: 'ada' })).toEqual([endpoint]);
    await webhooks.remove(id, { owner: 'ada' });
    expect(await webhooks.deliverDue()).toEqual({ delivered: 0, failed: 0 });
    expect([received, await webhooks.list()]).toEqual([[], []]);
    await expect(webhooks.remove(id)).rejects.toThrow('hone webhooks list shows all');
  });

  test('add() refuses event types that never happen', async () => {
    const { webhooks } = await fresh();
    const wrong = (...types: readonly string[]) =>
      webhooks.add({ ...hook(), eventTypes: types as typeof eventTypes });
    await expect(wrong()).rejects.toThrow('without event types');
    await expect(wrong('fine_tuning.job.suceeded')).rejects.toThrow(
      "Did you mean 'fine_tuning.job.succeeded'?",
    );
  });

  test('secrets are in no list and in nothing that is printed', async () => {
    const { webhooks } = await fresh();
    const added = await webhooks.add(hook());
    const shown = inspect([added, await webhooks.list()], { depth: 9 }) + JSON.stringify(added);
    expect(shown).not.toContain(added.secret.reveal().slice(6));
  });

  test('deliver() sends what falls due until it is stopped, and survives an error of the database', async () => {
    const { webhooks, database } = await fresh();
    const errors: unknown[] = [];
    const stop = new AbortController();
    await webhooks.add(hook());
    const rename = (from: string, to: string) =>
      database.tables<WebhookTables>().write(async ({ db }) => {
        await db.schema.alterTable(from).renameTo(to).execute();
      });
    await rename('webhook_deliveries', 'away');
    const running = webhooks.deliver(stop.signal, { onError: (error) => errors.push(error) });
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0));
    await rename('away', 'webhook_deliveries');
    await webhooks.enqueue(succeeded);
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 5_000 });
    stop.abort();
    await running;
  });

  test('prune() removes what is done after 30 days, and nothing that is pending', async () => {
    const { webhooks, database, clock } = await fresh();
    const context = { tables: database.tables<WebhookTables>(), now: () => clock.ms, timeoutMs: 1 };
    const { endpoint } = await webhooks.add(hook());
    await webhooks.enqueue({ ...succeeded, key: 'once' });
    await webhooks.deliverDue();
    await webhooks.enqueue(succeeded);
    clock.ms += 30 * 24 * 3_600_000;
    expect(await prune(context)).toBe(0);
    clock.ms += 1;
    expect(await prune(context)).toBe(1);
    expect(await webhooks.deliveries(endpoint.id)).toMatchObject([{ state: 'pending' }]);
  });
});
