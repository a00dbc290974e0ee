using System.Net.Sockets;
using Plait.DummyTransport;

const int Failure = 1;
const int Usage = 64;

Flags flags;
try
{
    flags = Flags.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"dummy-transport: {e.Message}");
    return Usage;
}

if (flags.Help)
{
    Console.Write(Flags.HelpText());
    return 0;
}

if (flags.ExitAtStart is { } code)
{
    return code;
}

if (!PtEnvironment.IsPresent)
{
    Console.Error.WriteLine("dummy-transport: to be started by tor or another parent of pluggable transports; see --help");
    return Usage;
}

using var lines = new ParentLines(flags);
using var lifetime = new Lifetime(flags);
if (flags.HangGrandchild)
{
    Lifetime.StartGrandchild();
}

if (flags.EnvError is { } text)
{
    lines.Say($"ENV-ERROR {text}");
    return Failure;
}

PtEnvironment environment;
try
{
    environment = new PtEnvironment(flags.PlainOrPort);
}
catch (PtEnvironmentException e)
{
    lines.Say($"ENV-ERROR {e.Message}");
    return Failure;
}

if (!environment.Versions.Contains("1"))
{
    lines.Say("VERSION-ERROR no-version");
    return Failure;
}

lines.SayVersion();
Uri? proxy = flags.ProxySilent ? null : environment.Proxy;
if (proxy is not null && (flags.ProxyError || proxy.Scheme != "socks5"))
{
    lines.Say("PROXY-ERROR only socks5 is supported, and only if no flag forbids it");
    return Failure;
}

if (proxy is not null)
{
    lines.Say("PROXY DONE");
}

if (flags.TellAll)
{
    environment.Everything(proxy).ForEach(lines.Tell);
}

Transport transport = environment.IsClient ? new ClientTransport(flags, proxy, lines) : new ServerTransport(flags, environment);
string[] names = flags.OtherTransports ? [.. environment.Names, "unasked"] : [.. environment.Names];
foreach (string name in names)
{
    lines.Say(Report(name));
}

if (!flags.NoDone)
{
    lines.Say($"{transport.Keyword}S DONE");
}

if (flags.ExitAfterDone is { } late)
{
    return late;
}

lines.Flood();
await lifetime.Ended;
return 0;

string Report(string name)
{
    if (flags.MethodError is { } error)
    {
        return $"{transport.Keyword}-ERROR {name} {error}";
    }

    if (flags.Only is { } only && only != name)
    {
        return $"{transport.Keyword}-ERROR {name} no such transport";
    }

    try
    {
        return transport.Open(name);
    }
    catch (SocketException e)
    {
        return $"{transport.Keyword}-ERROR {name} {e.Message}";
    }
}
