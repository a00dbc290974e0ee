using System.Collections.Concurrent;
using System.Net;
using Plait.SystemTests.Secrecy;

namespace Plait.SystemTests.Doubles;

/// <summary>The transport did not do what was waited for, and will not any more.</summary>
internal sealed class PtFailedException(string message) : Exception(message);

/// <summary>A method as its CMETHOD or SMETHOD line has it.</summary>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Arguments">The text after <c>ARGS:</c>; empty for none.</param>
internal sealed record PtMethod(IPEndPoint EndPoint, string Arguments)
{
    /// <summary>The arguments as k=v each, for a client. Good for values that need no unescaping.</summary>
    public string[] ArgumentList => Arguments.Split(',', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>tor as the parent of one pluggable transport: starts it, reads its lines, ends it.</summary>
internal sealed class PtHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<PtMethod>> _methods = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _proxyDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _ownState;

    private PtHost(PtLaunch launch)
    {
        _ownState = launch.StateLocation is null ? Directory.CreateTempSubdirectory("plait-pt-").FullName : null;
        StateLocation = launch.StateLocation ?? _ownState!;
        Program = RunningProgram.Start(
            launch.Program, launch.Arguments, launch.ToEnvironment(StateLocation), Take);
        Ended = EndAsync();
    }

    /// <summary>What it was given as TOR_PT_STATE_LOCATION.</summary>
    public string StateLocation { get; }

    /// <summary>The process: exit, stdin, signals, stderr.</summary>
    public RunningProgram Program { get; }

    /// <summary>Every line of stdout.</summary>
    public Recorded<string> Lines { get; } = new("lines from the transport");

    private Task Ended { get; }

    /// <summary>Starts a transport.</summary>
    public static PtHost Start(PtLaunch launch) => new(launch);

    /// <summary>Starts a client of these names.</summary>
    public static PtHost StartClient(string program, string[] arguments, params string[] names) =>
        Start(new() { Program = program, Arguments = arguments, Names = names, IsServer = false });

    /// <summary>Starts a server of these names that forwards to an Extended ORPort.</summary>
    public static PtHost StartServer(string program, string[] arguments, ExtOrPortDouble port, params string[] names) =>
        Start(new() { Program = program, Arguments = arguments, Names = names, IsServer = true, ExtendedOrPort = port });

    /// <summary>Where the method listens.</summary>
    /// <exception cref="PtFailedException">It was reported with an error, or never and the transport is done or gone.</exception>
    public async Task<IPEndPoint> Method(string name) => (await MethodLine(name)).EndPoint;

    /// <summary>The whole line of the method.</summary>
    /// <exception cref="PtFailedException">As with <see cref="Method"/>.</exception>
    public Task<PtMethod> MethodLine(string name) => Slot(name).Task.Within($"method {name}", details: Said);

    /// <summary>Waits for CMETHODS DONE or SMETHODS DONE.</summary>
    /// <exception cref="PtFailedException">The transport ended before.</exception>
    public Task WaitForDoneAsync() => _done.Task.Within("the DONE line", details: Said);

    /// <summary>Waits for PROXY DONE.</summary>
    /// <exception cref="PtFailedException">The transport ended before.</exception>
    public Task WaitForProxyDoneAsync() => _proxyDone.Task.Within("PROXY DONE", details: Said);

    /// <summary>Closes stdin and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> CloseStdinAndWaitAsync(TimeSpan? limit = null)
    {
        Program.CloseStdin();
        return Program.WaitForExitAsync(limit);
    }

    /// <summary>Kills it and all below it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await Ended;
        if (Directory.Exists(_ownState))
        {
            Directory.Delete(_ownState, recursive: true);
        }
    }

    private string Said() =>
        $"stdout:\n{string.Join('\n', Lines)}\nstderr:\n{string.Join('\n', Program.ErrorLines.Snapshot().TakeLast(20))}";

    private TaskCompletionSource<PtMethod> Slot(string name)
    {
        TaskCompletionSource<PtMethod> slot =
            _methods.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_done.Task.IsCompleted)
        {
            // Whatever came has been set already: the lines are read in order.
            slot.TrySetException(new PtFailedException($"{name}: not reported before DONE, or before the end"));
        }

        return slot;
    }

    private void Take(RunningProgram program, string line)
    {
        Lines.Add(line);
        switch (line.Split(' ', 4))
        {
            case ["CMETHOD", var name, _, var address]:
                Resolve(name, address, "");
                break;
            case ["SMETHOD", var name, var address, ..] parts:
                Resolve(name, address, parts is [.., _, _, _, var option] && option.StartsWith("ARGS:", StringComparison.Ordinal)
                    ? option["ARGS:".Length..]
                    : "");
                break;
            case ["CMETHOD-ERROR" or "SMETHOD-ERROR", var name, ..]:
                Slot(name).TrySetException(new PtFailedException(line));
                break;
            case ["CMETHODS" or "SMETHODS", "DONE", ..]:
                SecretsInUse.AddGivenToChildrenOf(program.Id);
                _done.TrySetResult();
                FailAll("not reported before DONE");
                break;
            case ["PROXY", "DONE", ..]:
                _proxyDone.TrySetResult();
                break;
        }
    }

    private void Resolve(string name, string address, string arguments)
    {
        if (IPEndPoint.TryParse(address, out IPEndPoint? endPoint))
        {
            Slot(name).TrySetResult(new(endPoint, arguments));
        }
        else
        {
            Slot(name).TrySetException(new PtFailedException($"{name}: {address} is no address"));
        }
    }

    private async Task EndAsync()
    {
        int code = await Program.Exited;
        await Program.OutputEnded.WaitAsync(Deadline.Default).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var ended = new PtFailedException($"the transport exited with {code}\n{Said()}");
        _done.TrySetException(ended);
        _proxyDone.TrySetException(ended);
        FailAll(ended.Message);
    }

    private void FailAll(string reason)
    {
        foreach (TaskCompletionSource<PtMethod> slot in _methods.Values)
        {
            slot.TrySetException(new PtFailedException(reason));
        }
    }
}
