/** A program that has nothing to do: what its event loop shows is the machine's. */
setInterval(() => undefined, 1000);
process.stderr.write('idle\n');
