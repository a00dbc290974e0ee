using Plait.Processes;

namespace Plait.Chains;

/// <summary>The children that serve the hops of one connection, from when they are asked until the connection is disposed. Locks itself.</summary>
internal sealed class ServingChildren
{
    private Serving[] _all = [];

    /// <summary>A hop is served by this child.</summary>
    /// <param name="hop">The hop.</param>
    /// <param name="child">The child.</param>
    /// <param name="watch">The wait for its end.</param>
    internal void Add(int hop, ChildProcess child, CancellationTokenRegistration watch)
    {
        lock (this)
        {
            _all = [.. _all, new(hop, child, watch)];
        }
    }

    /// <summary>The hop has granted: its child carries the connection from now on.</summary>
    internal void Carry(int hop)
    {
        lock (this)
        {
            foreach (Serving serving in _all)
            {
                if (serving.Hop == hop)
                {
                    serving.Carry();
                }
            }
        }
    }

    /// <summary>The connection is over for them.</summary>
    internal void Leave()
    {
        Serving[] all;
        lock (this)
        {
            (all, _all) = (_all, []);
        }

        foreach (Serving serving in all)
        {
            serving.Leave();
        }
    }

    private sealed class Serving(int hop, ChildProcess child, CancellationTokenRegistration watch)
    {
        private bool _carries;

        internal int Hop => hop;

        internal void Carry()
        {
            if (!_carries)
            {
                _carries = true;
                child.Carries();
            }
        }

        internal void Leave()
        {
            watch.Unregister(); // not Dispose, which waits for a callback that runs
            if (_carries)
            {
                child.CarriesNoMore();
            }
        }
    }
}
