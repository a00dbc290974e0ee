using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Contenders;

/// <summary>A process that listens and relays each connection to the far end: ours, the one by hand, HAProxy, socat.</summary>
internal sealed class RelayProcess : Contender
{
    private readonly BenchProcess _process;
    private readonly IPEndPoint _listener;
    private readonly string? _file;

    private RelayProcess(string name, BenchProcess process, IPEndPoint listener, string? file = null)
        : base(name) => (_process, _listener, _file) = (process, listener, file);

    internal override IReadOnlyList<ProcessGroup> Processes =>
        [new(Name, () => [_process.Id, .. ProcessFacts.Descendants(_process.Id)])];

    /// <summary>Our relay: this program's mode <c>relay</c>.</summary>
    internal static async Task<Contender> StartOursAsync()
    {
        Sink sink = Sink.Plain();
        BenchProcess process = BenchProcess.StartSelf("relay", sink.EndPoint.ToString());
        return new RelayProcess(Budgets.OurRelay, process, IPEndPoint.Parse(await process.ReadLineAsync())) { Sink = sink };
    }

    /// <summary>The relay of the joiner written by hand, with two threads for each connection.</summary>
    internal static async Task<Contender> StartByHandAsync(Joiner joiner)
    {
        Sink sink = Sink.Plain();
        BenchProcess process = joiner.Start("relay", sink.EndPoint.Port.ToString(CultureInfo.InvariantCulture));
        return new RelayProcess("by hand, splicing", process, IPEndPoint.Parse(await process.ReadLineAsync())) { Sink = sink };
    }

    /// <summary>HAProxy in mode tcp with one thread.</summary>
    internal static async Task<Contender> StartHaproxyAsync(string program, bool splice)
    {
        Sink sink = Sink.Plain();
        IPEndPoint listener = FreeEndPoint();
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            global
                nbthread 1
                maxconn 1000
            defaults
                mode tcp
                timeout connect 5s
                timeout client 1h
                timeout server 1h
                {(splice ? "option splice-request" : "no option splice-request")}
                {(splice ? "option splice-response" : "no option splice-response")}
            listen relay
                bind {listener}
                server far {sink.EndPoint}

            """));
        BenchProcess process = BenchProcess.Start(program, ["-db", "-f", file], endsWithStdin: false);
        string name = splice ? Budgets.SplicingHaproxy : "HAProxy, copying";
        var started = new RelayProcess(name, process, listener, file) { Sink = sink };
        await started.WaitUntilListeningAsync();
        return started;
    }

    /// <summary>socat, which forks for each connection, with buffers as large as the others'.</summary>
    internal static async Task<Contender> StartSocatAsync(string program)
    {
        Sink sink = Sink.Plain();
        IPEndPoint listener = FreeEndPoint();
        BenchProcess process = BenchProcess.Start(program, [
            "-b", "65536",
            $"TCP-LISTEN:{listener.Port},bind={listener.Address},fork,reuseaddr,nodelay,backlog=128",
            $"TCP:{sink.EndPoint},nodelay",
        ], endsWithStdin: false);
        var started = new RelayProcess("socat", process, listener) { Sink = sink };
        await started.WaitUntilListeningAsync();
        return started;
    }

    internal override Socket Open() => BlockingSockets.Connect(_listener);

    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_file is not null)
        {
            File.Delete(_file);
        }

        await base.DisposeAsync();
    }

    private static IPEndPoint FreeEndPoint()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>These programs do not say when they are ready.</summary>
    private async Task WaitUntilListeningAsync()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using Socket socket = Open();
                return;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
        }
    }
}
