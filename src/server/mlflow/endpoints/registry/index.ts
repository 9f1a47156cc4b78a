// The endpoints of the model registry.
import type { Endpoint } from '../../endpoint.ts';
import { createModelVersion } from './create-model-version.ts';
import { createRegisteredModel } from './create-registered-model.ts';
import { deleteAlias } from './delete-alias.ts';
import { deleteModelVersion } from './delete-model-version.ts';
import { deleteModelVersionTag } from './delete-model-version-tag.ts';
import { deleteRegisteredModel } from './delete-registered-model.ts';
import { deleteRegisteredModelTag } from './delete-registered-model-tag.ts';
import { getDownloadUri } from './get-download-uri.ts';
import { getLatestVersions } from './get-latest-versions.ts';
import { getModelVersion } from './get-model-version.ts';
import { getModelVersionArtifact } from './get-model-version-artifact.ts';
import { getRegisteredModel } from './get-registered-model.ts';
import { getVersionByAlias } from './get-version-by-alias.ts';
import { renameRegisteredModel } from './rename-registered-model.ts';
import { searchModelVersions } from './search-model-versions.ts';
import { searchRegisteredModels } from './search-registered-models.ts';
import { setAlias } from './set-alias.ts';
import { setModelVersionTag } from './set-model-version-tag.ts';
import { setRegisteredModelTag } from './set-registered-model-tag.ts';
import { transitionStage } from './transition-stage.ts';
import { updateModelVersion } from './update-model-version.ts';
import { updateRegisteredModel } from './update-registered-model.ts';
import { webhookEndpoints } from './webhooks.ts';

export const registryEndpoints: readonly Endpoint[] = [
  createModelVersion,
  createRegisteredModel,
  deleteAlias,
  deleteModelVersionTag,
  deleteModelVersion,
  deleteRegisteredModelTag,
  deleteRegisteredModel,
  getDownloadUri,
  getLatestVersions,
  getModelVersionArtifact,
  getModelVersion,
  getRegisteredModel,
  getVersionByAlias,
  renameRegisteredModel,
  searchModelVersions,
  searchRegisteredModels,
  setAlias,
  setModelVersionTag,
  setRegisteredModelTag,
  transitionStage,
  updateModelVersion,
  updateRegisteredModel,
  ...webhookEndpoints,
];
