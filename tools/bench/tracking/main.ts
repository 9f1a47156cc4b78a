// `npm run bench:tracking`: how fast the tracking server is, beside MLflow's and as its data grow.

const usage = `Usage:
  npm run -s bench:tracking [-- compare] [--mlflow PROGRAM] [--runs N] [--only hone|mlflow] [--json FILE]
      the same client against Hone and MLflow by turns: medians, ratios, targets
  npm run -s bench:tracking -- scale [--runs N] [--points N] [--database URL] [--keep DIR] [--json FILE]
      [--fill library|http] [--mlflow PROGRAM]
      fills a store (100,000 runs, 50 million metric points) through the library or over HTTP, and searches it; with
      --keep it is kept and used again; --mlflow fills and measures MLflow instead of Hone`;

const [command = 'compare', ...rest] = process.argv.slice(2);
if (command === 'scale') await import('./scale/scale.ts').then(({ scale }) => scale(rest));
else if (command === 'compare') await import('./compare.ts').then(({ compare }) => compare(rest));
else if (command.startsWith('--') && command !== '--help') {
  await import('./compare.ts').then(({ compare }) => compare([command, ...rest]));
} else {
  console.error(usage);
  process.exitCode = 2;
}
