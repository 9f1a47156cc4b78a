// The endpoints of artifacts.
import type { Endpoint } from '../../endpoint.ts';
import { deleteArtifact } from './delete-artifact.ts';
import { downloadArtifact } from './download-artifact.ts';
import { getModelArtifact } from './get-model-artifact.ts';
import { getPresignedDownload } from './get-presigned-download.ts';
import { getRunArtifact } from './get-run-artifact.ts';
import { listArtifacts } from './list-artifacts.ts';
import { listModelArtifacts } from './list-model-artifacts.ts';
import { listProxiedArtifacts } from './list-proxied-artifacts.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart-upload.ts';
import { uploadArtifact } from './upload-artifact.ts';
import { uploadRunArtifact } from './upload-run-artifact.ts';

export const artifactEndpoints: readonly Endpoint[] = [
  listArtifacts,
  listProxiedArtifacts,
  downloadArtifact,
  uploadArtifact,
  deleteArtifact,
  createMultipartUpload,
  completeMultipartUpload,
  abortMultipartUpload,
  getPresignedDownload,
  getRunArtifact,
  uploadRunArtifact,
  listModelArtifacts,
  getModelArtifact,
];
