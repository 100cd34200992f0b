import { defineStep } from '#engine/define-step.ts';
import { serviceAnswers } from '../verify/service-answers.ts';

/** By origin name, uncached, over IPv4 and IPv6, and by what the role must do. */
export const checkService = defineStep({
  id: 'check-service',
  title: 'Check the service',
  danger: 'safe',
  limit: 'network',
  verify: serviceAnswers,
});
