// The endpoints of logged models; those of their files are among the artifacts'.
import type { Endpoint } from '../../endpoint.ts';
import { createLoggedModel } from './create-logged-model.ts';
import { deleteLoggedModel } from './delete-logged-model.ts';
import { deleteLoggedModelTag } from './delete-logged-model-tag.ts';
import { finalizeLoggedModel } from './finalize-logged-model.ts';
import { getLoggedModel } from './get-logged-model.ts';
import { logLoggedModelParams } from './log-logged-model-params.ts';
import { searchLoggedModels } from './search-logged-models.ts';
import { setLoggedModelTags } from './set-logged-model-tags.ts';

export const loggedModelEndpoints: readonly Endpoint[] = [
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  finalizeLoggedModel,
  getLoggedModel,
  logLoggedModelParams,
  searchLoggedModels,
  setLoggedModelTags,
];
