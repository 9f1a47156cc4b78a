// What each number of an evaluation means, for people.

/** In the order in which they are shown; of metrics that are not here, the name says enough. */
export const metricHelp: Readonly<Record<string, string>> = {
  loss: 'sft: nats per trained token; dpo: the sigmoid loss against the reference, ln 2 for no difference',
  perplexity: 'exp(loss)',
  mean_token_accuracy: 'share of trained tokens that the model ranks first',
  entropy: 'mean uncertainty of the predictions, nats',
  'rewards/accuracies':
    'share of pairs whose chosen answer gained more against the reference than the rejected one',
  'rewards/margins': 'mean reward of chosen less rejected',
  'rewards/chosen': 'beta x (log-probability under the model less under the reference), chosen answers',
  'rewards/rejected': 'the same, rejected answers',
  'logps/accuracies': 'share of pairs whose chosen answer is likelier (sums of log-probabilities)',
  'logps/accuracies_per_token': 'the same by the mean over tokens, which does not favour short answers',
  'logps/margins': 'mean log-probability of chosen less rejected answers',
  'logps/chosen': 'mean log-probability of chosen answers, sums over tokens',
  'logps/rejected': 'the same, rejected answers',
  'logits/chosen': 'mean raw score of chosen answers',
  'logits/rejected': 'mean raw score of rejected answers',
};
