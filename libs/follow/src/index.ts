export { Follower, type FollowerOptions, type Following, type Happening, type Role, type Turn } from './follower';
export { type Work } from './apply-batch';
export { type ParkedEvent } from './parked-events';
export { CheckpointWasMoved } from './checkpoint';
export { LogIsAnother, LogIsNotOpened } from './log-identity';
export { followMigrations } from './migrations/follow-migrations';
