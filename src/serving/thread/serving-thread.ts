// The thread in which models answer: onnxruntime holds up the thread that calls it, and a server has others to answer.
import { parentPort, workerData } from 'node:worker_threads';
import { streamText } from '../chat/index.ts';
import { ModelPool } from '../pool/index.ts';
import type { FromThread, ThreadOptions, ToThread } from './messages.ts';
import { sendError } from './sent-error.ts';

/** Given by {@link ServingHost} alone. */
const options: ThreadOptions = workerData;
const pool = new ModelPool({ ...options, onFinish: (text) => tell({ type: 'finished', text }) });
const texts = new Map<number, AbortController>();

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

async function generate({
  id,
  choice,
  request,
}: Extract<ToThread, { readonly type: 'generate' }>): Promise<void> {
  const stop = new AbortController();
  texts.set(id, stop);
  try {
    const lease = await pool.acquire(choice, stop.signal);
    try {
      const { model, adapter } = lease;
      const asked = { ...request, signal: stop.signal, ...(adapter && { adapter }) };
      for await (const event of streamText(model, asked)) tell({ type: 'event', id, event });
    } finally {
      lease.release();
    }
    tell({ type: 'ended', id });
  } catch (error) {
    tell({ type: 'failed', id, error: sendError(error) });
  } finally {
    texts.delete(id);
  }
}

parentPort?.on('message', async (message: ToThread) => {
  switch (message.type) {
    case 'generate':
      await generate(message);
      break;
    case 'cancel':
      texts.get(message.id)?.abort(new Error('The text was cancelled'));
      break;
    case 'snapshot':
      tell({ type: 'answer', id: message.id, models: pool.snapshot() });
      break;
    case 'drain':
      await pool.drain();
      tell({ type: 'answer', id: message.id, models: [] });
      break;
    case 'close':
      await pool.close();
      parentPort?.close();
  }
});
