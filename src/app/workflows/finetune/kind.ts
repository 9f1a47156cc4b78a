// The kind of job under which the queue knows fine-tuning; apart, so that who only asks for jobs loads no more.

export const fineTuneKind = 'fine-tune';
