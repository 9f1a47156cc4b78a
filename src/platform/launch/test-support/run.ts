// A run for tests: does what its first message says.
import { spawn } from 'node:child_process';

type Told = { readonly do?: string; readonly type?: string };

const actions: Readonly<Record<string, () => void>> = {
  answer: () => {
    console.log('on standard output');
    console.error('on standard error');
    process.send?.({ cwd: process.cwd(), env: process.env, argv: process.argv.slice(2) }, () =>
      process.exit(3),
    );
  },
  eat: () => {
    const eaten: Buffer[] = [];
    setInterval(() => eaten.push(Buffer.alloc(20 * 2 ** 20, 1)), 20);
  },
  sleep: () => void setInterval(() => undefined, 1000),
  /** Takes neither request nor signal, and has a child that takes none either. */
  stubborn: () => {
    process.on('SIGTERM', () => undefined);
    const code = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => process.send?.({ child: child.pid }));
  },
  obey: () => {
    process.on('message', (message: Told) => {
      if (message.type === 'stop') process.exit(0);
    });
    process.send?.({ ready: true });
  },
};

process.once('message', (message: Told) => actions[message.do ?? '']?.());
