export { SETUP_VARIABLE, type Identity, type ProcessSetup } from './setup.ts'
