// A terminal for tests of commands: keeps what is written, has no process of its own.

/** What a command wrote, and the terminal to give it. */
export function capturedTerminal({ isTTY = false }: { readonly isTTY?: boolean } = {}) {
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTTY,
    hasColours: isTTY,
    columns: 100,
  });
  const terminal = { out: output('out'), err: output('err'), exitStatus: 0 };
  return { terminal, written };
}
