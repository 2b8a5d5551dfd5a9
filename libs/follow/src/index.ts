export { Follower, type FollowerOptions, type Following, type Happening, type Role, type Turn } from './follower';
export { EventCannotBeApplied, type Mark, type Work } from './apply-batch';
export { type ParkedEvent } from './parked-events';
export { type Unparked } from './unpark';
export { askToUnpark, countParked, listParkedKeys, type ParkedKey } from './parked-keys';
export { CheckpointWasMoved } from './checkpoint';
export { LogIsAnother, LogIsNotOpened } from './log-identity';
export { followMigrations } from './migrations/follow-migrations';
