/** Every key in Redis, so that none is used for two things. All of them expire. */
export const redisKey = {
  presence: (userId: string) => `presence:${userId}`,
  nodeLoad: (nodeId: string) => `node-load:${nodeId}`,
  socialRate: (what: string, userId: string) => `social-rate:${what}:${userId}`,
  signInTries: (by: 'address' | 'account', value: string) => `sign-in-tries:${by}:${value}`,
};
