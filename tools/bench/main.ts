// `npm run bench`: how fast Hone is, beside what a user would pick instead.

const usage = `Usage:
  npm run -s bench -- step [--shape tiny|small|smol135] [--objective sft|dpo] [--adapter none|lora] [--steps N]
      one training configuration; prints one JSON line
  npm run -s bench [-- compare] [--python PATH] [--peer SCRIPT] [--shapes small,...] [--runs N] [--steps N]
      Hone and PyTorch by turns in one run: medians and ratios`;

const [command = 'compare', ...rest] = process.argv.slice(2);
if (command === 'step') await import('./step.ts').then(({ runStep }) => runStep(rest));
else if (command === 'compare' || command.startsWith('--')) {
  await import('./compare.ts').then(({ compare }) =>
    compare(command === 'compare' ? rest : [command, ...rest]),
  );
} else {
  console.error(usage);
  process.exitCode = 2;
}
