using Plait.Cli;
using Plait.Cli.Commands;
using Plait.Cli.Managed;
using Plait.Diagnostics;

// Under tor (TOR_PT_* set, or the role forced) Plait is a pluggable transport and speaks nothing but that on stdout.
// Otherwise a person started it. The command line's library is not loaded under tor: start-up has a budget.
StandardStreams.SilenceMissing();
try
{
    return ManagedArguments.IsManaged(args)
        ? MainThread.Run(() => ManagedMode.RunAsync(args))
        : await CommandLine.RunAsync(args);
}
catch (Exception e) // the last resort: a bug of ours is one line too, and no stack trace
{
    StandardStreams.WriteError($"plait: internal error, please report it: {e.GetType().Name}: {e.Message}");
    return (int)ExitCode.Software;
}
