// The endpoints of what runs read and make.
import type { Endpoint } from '../../endpoint.ts';
import { logInputs } from './log-inputs.ts';
import { logModel } from './log-model.ts';
import { logOutputs } from './log-outputs.ts';
import { searchDatasets } from './search-datasets.ts';

export const inputEndpoints: readonly Endpoint[] = [logInputs, logModel, logOutputs, searchDatasets];
