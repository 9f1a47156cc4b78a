// What is trained: all weights of a model or an adapter over it, in memory, with the way it is saved.
import { fingerprint, InputError, Random } from '../../core/index.ts';
import type { HostTensors } from '../../engine/index.ts';
import { float32 } from '../../engine/index.ts';
import {
  type CausalModel,
  dropoutMask,
  initializeParameters,
  type LoraConfig,
  LoraWeights,
  loraParameters,
  loraScale,
  openAdapter,
  saveAdapter,
  saveModel,
} from '../../models/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { TrainConfig } from '../config.ts';
import { ParameterStore } from '../step/parameter-store.ts';
import type { WrapWeights } from '../step/step-graph.ts';
import type { StartingPoint } from './starting-point.ts';

/** A model in memory, with what of it is trained. */
export type Trainee = {
  readonly model: CausalModel;
  readonly tokenizer: Tokenizer;
  readonly store: ParameterStore;
  /** Puts the adapter over the weights of a graph: with dropout for training, without for evaluation. */
  readonly wrapForTraining: WrapWeights | undefined;
  readonly wrapForEvaluation: WrapWeights | undefined;
  /** Dropout masks of one micro-batch with `rows` rows of hidden states; the same for the same seed, step and batch. */
  dropout(moment: { readonly step: number; readonly microBatch: number; readonly rows: number }): HostTensors;
  /** Saves a Hugging Face directory: the model, or its adapter in PEFT's format. One that a killed process left is replaced. */
  save(directory: string, dtype: 'F32' | 'F16' | 'BF16'): Promise<void>;
};

/** Reads the starting weights into memory and, with `config.lora`, puts an adapter over them. */
export async function openTrainee(config: TrainConfig, start: StartingPoint): Promise<Trainee> {
  return config.lora === null ? wholeModel(config, start) : adapterOver(config, start, config.lora);
}

async function wholeModel(config: TrainConfig, start: StartingPoint): Promise<Trainee> {
  const { model, tokenizer } = start;
  const store = new ParameterStore(
    config.decay_norms ? model.parameters.map((spec) => ({ ...spec, decay: true })) : model.parameters,
  );
  await start.fill((name) => store.values(name));
  return {
    model,
    tokenizer,
    store,
    wrapForTraining: undefined,
    wrapForEvaluation: undefined,
    dropout: () => ({}),
    save: async (directory, dtype) => {
      await saveModel(directory, {
        model,
        parameters: (name) => store.values(name),
        tokens: start.tokens,
        dtype,
        extraFiles: Object.fromEntries(tokenizer.files),
        replace: true,
        ...(start.generationConfig === undefined ? {} : { generationConfig: start.generationConfig }),
      });
    },
  };
}

async function adapterOver(
  config: TrainConfig,
  start: StartingPoint,
  spec: NonNullable<TrainConfig['lora']>,
): Promise<Trainee> {
  const { model, tokenizer } = start;
  const { rank, alpha, dropout, targets, rs_lora: rsLora } = spec;
  const lora: LoraConfig = { rank, alpha, dropout, targets, rsLora };
  const parameters = loraParameters(model, lora);
  const store = new ParameterStore(parameters, model.parameters);
  await start.fill((name) => store.values(name));
  if (config.adapter === null)
    initializeParameters({ parameters }, config.seed, (name) => store.values(name));
  else await readAdapter(config.adapter, { model, lora, into: (name) => store.values(name) });
  const wrap =
    (training: boolean): WrapWeights =>
    (base) => {
      const weights = new LoraWeights(base, { model, config: lora, training });
      return { weights, tensor: (name) => requireUsed(weights, name) };
    };
  const inputs = new LoraWeights(neverAsked, { model, config: lora, training: true }).dropoutInputs;
  return {
    model,
    tokenizer,
    store,
    wrapForTraining: wrap(true),
    wrapForEvaluation: wrap(false),
    dropout: ({ step, microBatch, rows }) =>
      Object.fromEntries(
        inputs.map(({ name, width }) => {
          const random = new Random(config.seed, 'dropout', step, microBatch, name);
          return [name, float32(dropoutMask(random, rows * width, dropout), [rows, width])];
        }),
      ),
    save: async (directory) => {
      await saveAdapter(directory, {
        model,
        config: lora,
        parameters: (name) => store.values(name),
        baseModel: config.model,
        extraFiles: Object.fromEntries(tokenizer.files),
        replace: true,
      });
    },
  };
}

type ReadAdapterOptions = {
  readonly model: CausalModel;
  readonly lora: LoraConfig;
  readonly into: (name: string) => Float32Array;
};

/** Reads the adapter that training goes on from. @throws InputError where it is not of the settings that the configuration has */
async function readAdapter(directory: string, { model, lora, into }: ReadAdapterOptions): Promise<void> {
  const opened = await openAdapter(directory, model);
  try {
    const shapes = (config: LoraConfig) => fingerprint(loraParameters(model, config));
    if (shapes(opened.config) !== shapes(lora) || loraScale(opened.config) !== loraScale(lora)) {
      const { rank, alpha, targets, rsLora } = opened.config;
      throw new InputError(
        `Cannot go on from the adapter '${directory}': lora is not what it was made with; ` +
          `give lora ${JSON.stringify({ rank, alpha, targets, rs_lora: rsLora })}`,
      );
    }
    await opened.readParameters(into);
  } finally {
    await opened.close();
  }
}

const neverAsked = {
  tensor: (name: string): never => {
    throw new TypeError(`Cannot build a graph here: '${name}' was asked for`);
  },
  linear: (name: string): never => {
    throw new TypeError(`Cannot build a graph here: '${name}' was asked for`);
  },
};

function requireUsed(weights: LoraWeights, name: string) {
  const tensor = weights.used.get(name);
  if (tensor === undefined) throw new TypeError(`Cannot train '${name}': the model's graph does not read it`);
  return tensor;
}
