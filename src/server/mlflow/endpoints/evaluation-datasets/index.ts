// The endpoints of evaluation datasets.
import type { Endpoint } from '../../endpoint.ts';
import {
  addDatasetToExperiments,
  getDatasetExperimentIds,
  removeDatasetFromExperiments,
} from './dataset-experiments.ts';
import { deleteDatasetRecords, getDatasetRecords, upsertDatasetRecords } from './dataset-records.ts';
import { deleteDatasetTag, setDatasetTags } from './dataset-tags.ts';
import { createDataset, deleteDataset, getDataset, searchDatasets } from './datasets.ts';

export const evaluationDatasetEndpoints: readonly Endpoint[] = [
  addDatasetToExperiments,
  createDataset,
  deleteDataset,
  deleteDatasetRecords,
  deleteDatasetTag,
  getDataset,
  getDatasetExperimentIds,
  getDatasetRecords,
  removeDatasetFromExperiments,
  searchDatasets,
  setDatasetTags,
  upsertDatasetRecords,
];
