using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Connections one after the other, each verified, while a test kills children. What fails during an outage, or began before
/// or in it, is lost; anything else that fails is a failure.
/// </summary>
/// <param name="open">Opens a connection to an echo.</param>
/// <param name="said">What the processes under test said, for the message of a failure.</param>
internal sealed class KillLoad(Func<Task<Socket>> open, Func<string> said)
{
    private const int Size = 50_000;

    // An opening in the middle of which a child was killed on the other side may hang until that side gives up.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_attempt = TimeSpan.FromMilliseconds(500);

    // A refusal comes at once; asking again at once would keep the processor from starting the child.
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(20);

    private readonly Recorded<int> _successes = new("verified connections");
    private int _outages; // odd while one lasts
    private int _lost;

    /// <summary>How many were verified.</summary>
    public int Succeeded => _successes.Count;

    /// <summary>How many an outage cost.</summary>
    public int Lost => _lost;

    /// <summary>What failed outside of any outage.</summary>
    public Recorded<string> Failures { get; } = new("failed connections");

    public void BeginOutage() => Interlocked.Increment(ref _outages);

    public void EndOutage() => Interlocked.Increment(ref _outages);

    /// <summary>Opens connections until told that it is enough.</summary>
    public Task RunAsync(int atATime, CancellationToken enough) => Task.WhenAll(Enumerable.Range(0, atATime).Select(async _ =>
    {
        using var pace = new PeriodicTimer(s_pace);
        while (!enough.IsCancellationRequested)
        {
            int outage = Volatile.Read(ref _outages);
            try
            {
                await PatientlyAsync(OneAsync(Size), outage);
                _successes.Add(outage);
            }
            catch (Exception e) when (IsFailure(e))
            {
                if (outage % 2 == 0 && outage == Volatile.Read(ref _outages))
                {
                    Failures.Add(e.Message);
                }
                else
                {
                    Interlocked.Increment(ref _lost);
                }

                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }));

    /// <summary>Waits for so many more that were verified, all of them begun in the present outage or calm.</summary>
    public async Task WaitForSuccessesAsync(int more)
    {
        int outage = Volatile.Read(ref _outages);
        await Deadline.PollAsync(
            () => Failures.Count > 0 || _successes.Snapshot().Count(begun => begun == outage) >= more ? "enough" : null,
            $"{more} connections are verified", details: () => $"{Failures.Tail()}\n{said()}");
    }

    /// <summary>Waits until a connection works that was begun in the present outage: one of the load's, or a small one besides.</summary>
    public async Task WaitUntilItOpensAsync()
    {
        int outage = Volatile.Read(ref _outages);
        using var works = new CancellationTokenSource();
        Task<int> loads = _successes.WaitForAsync(begun => begun == outage, "the chain works again");
        Task probe = ProbeAsync(works.Token);
        try
        {
            await (await Task.WhenAny(loads, probe));
        }
        finally
        {
            await works.CancelAsync();
            await probe;
        }
    }

    /// <summary>Waits on for a connection in whose time no child was killed: a busy machine is no failure.</summary>
    private async Task PatientlyAsync(Task connection, int outage)
    {
        try
        {
            await connection.Within("a connection", s_patience);
        }
        catch (TimeoutException) when (!connection.IsCompleted && outage % 2 == 0 && outage == Volatile.Read(ref _outages))
        {
            await connection.Within("a connection");
        }
    }

    private async Task ProbeAsync(CancellationToken enough)
    {
        using var pace = new PeriodicTimer(s_pace);
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await OneAsync(1).Within("an attempt", s_attempt);
                return;
            }
            catch (Exception e) when (IsFailure(e))
            {
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    private async Task OneAsync(int size)
    {
        using Socket socket = await open();
        await PtPair.AssertEchoAsync(socket, size);
    }

    private static bool IsFailure(Exception e) =>
        e is SocksRefusedException or SocketException or EndOfStreamException or TimeoutException;
}
