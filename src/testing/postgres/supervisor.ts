// The process that holds one PostgreSQL for the process that forked it, and ends it, data and all, when that process is gone.
import { PostgresCluster, type RunningServer } from './cluster.ts';
import { requestSchema, type SupervisorReport } from './messages.ts';

let cluster: PostgresCluster | undefined;

process.on('message', (message) => {
  const request = requestSchema.parse(message);
  if (request.type === 'start') {
    cluster = new PostgresCluster(request);
    tell(cluster.start());
  } else if (cluster !== undefined) tell(cluster.crash());
});
// The channel closes when the parent closes it and when the parent dies, by whatever cause.
process.once('disconnect', end);
process.once('SIGTERM', end);
process.once('SIGINT', end);

function tell(server: Promise<RunningServer>): void {
  server.then(
    ({ port, pid }) => report({ type: 'ready', port, pid }),
    async (error: unknown) => {
      report({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
      await end();
    },
  );
}

function report(message: SupervisorReport): void {
  if (process.connected) process.send?.(message);
}

async function end(): Promise<void> {
  await cluster?.remove();
  process.exit();
}
