export { eventually } from './eventually';
export { specification } from './specification';
export { testDatabase, type TestDatabase } from './test-database';
