// Reverse-mode differentiation of graphs.
export { gradient } from './gradient.ts';
export { gradientRules } from './rules.ts';
