// `npm run bench:serving`: how fast models are served, beside PyTorch, llama.cpp and Transformers.js.

const usage = `Usage:
  npm run -s bench:serving -- prepare [--dir DIR] [--shapes smol135,small] [--converters PYTHON]
      makes models of random weights; PYTHON has gguf and optimum-onnx for the peers' formats
  npm run -s bench:serving [-- compare] [--dir DIR] [--shapes smol135,small] [--clients 1,4,16] [--new-tokens 64,128]
      [--runs N] [--threads N] [--python PYTHON] [--only NAME,...] [--wait SECONDS] [--json FILE]
      all contenders by turns; PYTHON has torch and transformers; waits so long for a quiet machine before each turn,
      and repeats turns that were not quiet unless it is 0`;

const [command = 'compare', ...rest] = process.argv.slice(2);
if (command === 'prepare') await import('./prepare.ts').then(({ prepare }) => prepare(rest));
else if (command === 'compare') await import('./compare.ts').then(({ compare }) => compare(rest));
else if (command.startsWith('--') && command !== '--help') {
  await import('./compare.ts').then(({ compare }) => compare([command, ...rest]));
} else {
  console.error(usage);
  process.exitCode = 2;
}
