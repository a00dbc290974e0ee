using Plait.Cli;
using Plait.Cli.Commands;
using Plait.Cli.Managed;
using Plait.Cli.Sip003;
using Plait.Hosting;

// Under tor (TOR_PT_* set, or the role forced) Plait is a pluggable transport and speaks nothing but that on stdout.
// Shadowsocks starts it with SS_* as its plugin. Otherwise a person started it. The command line's library is not loaded under tor: start-up has a budget.
if (LibraryHost.IsAsked(args)) // by another Plait, with the environment of a transport
{
    LibraryHost.Run(args);
}

StandardStreams.SilenceMissing();
AppDomain.CurrentDomain.UnhandledException += (_, e) => LastResort.End((Exception)e.ExceptionObject); // on a thread of the runtime's
try
{
    return ManagedArguments.IsManaged(args)
        ? MainThread.Run(() => ManagedMode.RunAsync(args))
        : PluginMode.IsAsked(args) ? await PluginMode.RunAsync()
        : await CommandLine.RunAsync(args);
}
catch (Exception e)
{
    LastResort.End(e);
    throw;
}
