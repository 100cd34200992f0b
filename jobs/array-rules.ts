/** udev's rules that would assemble arrays by themselves as their members appear. */
export const arrayRules: readonly string[] = ['64-md-raid-assembly.rules'];
