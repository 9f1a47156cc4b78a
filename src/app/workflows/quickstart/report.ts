// The quickstart's report: what changed, how it was measured, what it was made with.
import { formatConfig } from '../../../workspace/index.ts';
import { dataSample, html, type Markup, reportPage } from '../../report/index.ts';
import { sampling } from './answers.ts';
import { stageCharts } from './report-charts.ts';
import type { ModelName, QuickstartResult, ReportFacts } from './result.ts';
import { beta } from './settings.ts';

const stages: readonly { readonly name: ModelName; readonly title: string }[] = [
  { name: 'base', title: 'Untrained' },
  { name: 'sft', title: 'After SFT' },
  { name: 'dpo', title: 'After DPO' },
];

/** One self-contained HTML file. */
export function quickstartReport(result: QuickstartResult, facts: ReportFacts): string {
  return reportPage(
    'Hone quickstart',
    html`${summary(result, facts)}
<h2>The same questions, three models</h2>
${sideBySide(result)}
<h2>Measured on held-out data</h2>
${measurements(result, facts)}
<h2>How training went</h2>
${stageCharts(facts)}
<h2>What the model saw</h2>
${samples(facts)}
<h2>Made with</h2>
${settings(result, facts)}
<h2>What next</h2>
${nextSteps(result)}
<footer>Written by <code>hone quickstart</code>. This file needs nothing else: keep it or send it as it is.</footer>`,
  );
}

function summary({ models, seconds, parameters, counted }: QuickstartResult, { size }: ReportFacts): Markup {
  const { base, sft, dpo } = models;
  return html`<p class="brand">Hone quickstart</p>
<h1>A language model from nothing to polite in ${Math.round(seconds)} seconds</h1>
<p class="lead">${count(size.pairs)} toy questions from customers, each with a helpful and a curt answer. SFT taught a new model
of ${count(parameters)} parameters to answer at all, half the time helpfully, half the time curtly, as its examples did. DPO taught it
which of the two people prefer.</p>
<div class="tiles">
${tile(
  'Held-out loss',
  [base, sft, dpo].map(({ evalLoss }) => evalLoss.toFixed(2)),
)}
${tile('Helpful answers, SFT to DPO', [`${sft.helpful}/${counted}`, `${dpo.helpful}/${counted}`])}
${tile('Held-out reward accuracy', [number(dpo.rewardAccuracy)])}
${tile('Held-out reward margin', [number(dpo.rewardMargin)])}
</div>`;
}

function tile(label: string, values: readonly string[]): Markup {
  const shown = values.map((value, i) => (i === 0 ? html`${value}` : html` <i>&rarr;</i> ${value}`));
  return html`<div class="tile"><span>${label}</span><b>${shown}</b></div>`;
}

function sideBySide({ questions, models }: QuickstartResult): Markup {
  const { temperature, topP } = sampling;
  return html`<p>Topics and products were seen in training, these combinations of them never. Each answer is sampled once, with the
same settings for all three models (temperature ${temperature}, top-p ${topP}).</p>
<div class="questions">${questions.map(
    (question, i) => html`<article class="card"><p class="question">${question}</p>
<dl class="answers">${stages.map(
      ({ name, title }) =>
        html`<div class="${name}"><dt><span class="name ${name}">${title}</span></dt><dd>${models[name].answers[i] || '(nothing)'}</dd></div>`,
    )}</dl></article>`,
  )}</div>`;
}

function measurements({ models, counted }: QuickstartResult, { size }: ReportFacts): Markup {
  const row = ({ name, title }: (typeof stages)[number]) => {
    const model = models[name];
    return html`<tr><td><span class="name ${name}">${title}</span></td><td>${number(model.evalLoss)}</td><td>${number(model.curtLoss)}</td>
<td>${number(model.rewardAccuracy)}</td><td>${number(model.rewardMargin)}</td><td>${model.helpful} of ${counted}</td></tr>`;
  };
  return html`<div class="card scroll"><table>
<thead><tr><th>Model</th><th>Loss on helpful answers</th><th>Loss on curt answers</th><th>Reward accuracy</th><th>Reward margin</th><th>Helpful answers</th></tr></thead>
<tbody>${stages.map(row)}</tbody></table></div>
<p class="note"><b>Loss</b> is the mean negative log-likelihood per answer token, in nats, over ${count(size.heldOut)} held-out pairs; the end of
each answer counts, the question does not. The loss on helpful answers is the <code>evalLoss</code> of <code>--json</code>. (The SFT curve
below shows the loss on the mixture of both kinds instead.)</p>
<p class="note"><b>Reward</b> is beta (log pi - log pi<sub>sft</sub>) of an answer, with beta ${beta}: how much more likely than the SFT model a
model makes it. Reward accuracy is the share of pairs whose helpful answer has strictly the higher reward, the margin is the mean of the
difference. All three models are measured alike against the SFT model, so its own rewards are exactly 0: every pair is a tie, and a tie does
not count. The untrained model makes every token about equally unlikely, which costs long answers most, and helpful answers are long.</p>
<p class="note"><b>Helpful answers</b> counts, of ${counted} sampled answers to held-out questions, those that greet the customer, as all helpful
answers of the data do and none of the curt ones.</p>`;
}

function samples({ samples: { sft, preference } }: ReportFacts): Markup {
  return html`<p>Training rows with the chat template around them. Only the <mark>marked</mark> tokens are trained; the rest is
context.</p>
<div class="charts">
<section class="card"><h3>SFT: one answer to imitate</h3>${sft.map(dataSample)}</section>
<section class="card"><h3>DPO: the chosen and the rejected answer</h3>${preference.map(dataSample)}</section>
</div>`;
}

function settings({ seconds, parameters }: QuickstartResult, facts: ReportFacts): Markup {
  const { size, seed, runs, machine, configs } = facts;
  const speed = (run: typeof runs.sft) =>
    `${count(run.steps)} steps, ${count(run.tokens)} tokens, ${run.seconds.toFixed(1)} s (${count(run.tokens / run.seconds)} tokens/s, evaluations included)`;
  const rows: readonly (readonly [string, string])[] = [
    ['Model', `${size.model}: Llama architecture, ${count(parameters)} parameters`],
    ['SFT', speed(runs.sft)],
    ['DPO', speed(runs.dpo)],
    ['In all', `${seconds.toFixed(1)} s, with data, tokenizer, evaluation and answers; seed ${seed}`],
    [
      'Machine',
      `${machine.processor}, ${machine.cores} cores, ${Math.round(machine.memory / 2 ** 30)} GiB memory`,
    ],
    ['System', `${machine.system}, Node ${machine.node}`],
  ];
  return html`<div class="card scroll"><table class="plain"><tbody>${rows.map(
    ([name, value]) => html`<tr><td>${name}</td><td>${value}</td></tr>`,
  )}</tbody></table></div>
<details><summary>Configuration of the SFT run</summary><pre>${formatConfig(configs.sft)}</pre></details>
<details><summary>Configuration of the DPO run</summary><pre>${formatConfig(configs.dpo)}</pre></details>`;
}

function nextSteps({ model, configs, directory }: QuickstartResult): Markup {
  return html`<p>Talk to the model, compare it with the one before DPO, or train again with other settings:</p>
<pre>hone chat ${model}
hone chat ${directory}/sft/final
hone train ${configs.dpo} output=runs/my-dpo dpo.beta=0.3
hone train --help</pre>
<p class="note">In a checkout, <code>npx hone</code> runs these. The model is an ordinary Hugging Face directory.</p>`;
}

function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100
    ? String(Math.round(value))
    : String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 3)));
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
