import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { skip } from './skip.ts'

/** A key and a certificate for this machine, as the tests' applications take them; made by openssl. */
export function certificate(test: Context, folder: string): { readonly APP_KEY: string; readonly APP_CERT: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost']
  try {
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  } catch {
    skip(test, 'openssl is not there to make a certificate')
  }
  return { APP_KEY: key, APP_CERT: cert }
}
