using System.Collections;
using System.Diagnostics;
using System.Net;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Pt.Messages;

namespace Plait.Throughput.Contenders;

/// <summary>A pluggable transport started as tor does it: Plait itself, or a child alone.</summary>
internal sealed class ManagedProgram : IAsyncDisposable
{
    private readonly BenchProcess _process;
    private readonly Dictionary<string, IPEndPoint> _listeners = [];
    private readonly Dictionary<string, PtArguments> _arguments = [];
    private string? _error;

    private ManagedProgram(BenchProcess process) => _process = process;

    internal int Id => _process.Id;

    /// <summary>From exec to the last method line.</summary>
    internal TimeSpan StartTime { get; private set; }

    /// <summary>Where the method listens.</summary>
    internal IPEndPoint EndPoint(string method) => _listeners[method];

    /// <summary>What clients of the server method have to say.</summary>
    internal PtArguments Arguments(string method) => _arguments[method];

    /// <summary>Starts a client.</summary>
    internal static Task<ManagedProgram> StartClientAsync(
        string program, string[] arguments, string state, params string[] methods) =>
        StartAsync(program, arguments, ChildEnvironment.ForClient(
            Inherited, new() { Transports = methods, StateLocation = state, ExitOnStdinClose = true }));

    /// <summary>Starts a server in front of an Extended ORPort.</summary>
    internal static Task<ManagedProgram> StartServerAsync(
        string program, string[] arguments, string state, IPEndPoint extOrPort, string cookieFile, params string[] methods) =>
        StartAsync(program, arguments, ChildEnvironment.ForServer(Inherited, new()
        {
            Transports = methods,
            StateLocation = state,
            ExitOnStdinClose = true,
            ExtendedServerPort = extOrPort,
            AuthCookieFile = cookieFile,
            BindAddresses = methods.ToDictionary(method => method, _ => new IPEndPoint(IPAddress.Loopback, 0)),
        }));

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static Dictionary<string, string> Inherited => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");

    private static async Task<ManagedProgram> StartAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var managed = new ManagedProgram(BenchProcess.Start(program, arguments, environment));
        try
        {
            await managed._process.ReadUntilAsync(line => managed.Take(PtMessage.Parse(line)));
            managed.StartTime = Stopwatch.GetElapsedTime(managed._process.Started);
            return managed._error is null ? managed : throw new IOException($"{program}: {managed._error}");
        }
        catch
        {
            await managed.DisposeAsync();
            throw;
        }
    }

    private bool Take(PtMessage message)
    {
        switch (message)
        {
            case ClientMethodMessage client:
                _listeners[client.Name] = client.Address;
                return false;
            case ServerMethodMessage server:
                (_listeners[server.Name], _arguments[server.Name]) = (server.Address, server.Arguments);
                return false;
            case ClientMethodErrorMessage or ServerMethodErrorMessage or EnvErrorMessage:
                _error = message.Format();
                return false;
            default:
                return message is ClientMethodsDoneMessage or ServerMethodsDoneMessage;
        }
    }
}
