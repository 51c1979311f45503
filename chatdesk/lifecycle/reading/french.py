"""French words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

FRENCH = Language(
    name="fr",
    thanks="""
        merci, merci bien, merci beaucoup, mille mercis, un grand merci, grand merci, mercii, mci,
        mrc, remercie, je vous remercie, je te remercie, nous vous remercions, remerciements, encore
        merci, merci encore, encore une fois merci, merci à toi, merci à vous, merci à tous
    """,
    good="""
        ok, okay, oki, d'accord, dac, entendu, compris, reçu, noté, bien, parfait, super, génial,
        excellent, nickel, top, impeccable, impec, formidable, extra, cool, chouette, magnifique,
        merveilleux, fantastique, bravo, marche, marchent, remarche, fonctionne, fonctionnent,
        refonctionne, marche à nouveau, marche de nouveau, fonctionne à nouveau, fonctionne de
        nouveau, de nouveau bon, à nouveau bon, roule, ça va, bon, tout va bien, réglé, résolu,
        réparé, corrigé, fait, terminé, rentré dans l'ordre, dans l'ordre, en ordre, de nouveau
        opérationnel, opérationnel, oui, ouais, yes, exact, exactement, bien sûr, volontiers,
        confirmé, ça m'a aidé, m'a aidé, pas de souci, pas de soucis, pas de problème, pas de
        problèmes, aucun problème, aucun souci, plus de problème, plus de problèmes, plus de souci,
        plus de soucis, plus d'erreur, plus d'erreurs, plus aucune erreur, plus aucun problème, plus
        de message d'erreur, sans problème, sans souci, problème résolu, problème réglé, le problème
        est résolu, le problème est réglé, problème est résolu, problème est réglé, souci réglé,
        souci résolu, erreur corrigée, l'erreur a disparu, erreur a disparu, le problème a disparu,
        vous pouvez fermer, tu peux fermer, vous pouvez clore, vous pouvez clôturer, on peut fermer,
        on peut clôturer, merci de clore, peut être fermé, peut être clôturé, peut être clos,
        fermer, clôturer, j'arrive à me connecter, je peux me connecter, je peux imprimer, j'ai
        accès, j'ai bien accès, de rien, je vous en prie, avec plaisir, comme prévu, comme avant,
        comme sur des roulettes, bon travail, beau travail, enfin, ouf, rien d'autre, ça me va,
        revenu à la normale, retour à la normale, de retour à la normale, est revenu à la normale,
        tout est rentré, débloqué, rétabli, est rétabli, accès rétabli
    """,
    hello="""
        bonjour, bonsoir, salut, coucou, hello, cher, chère, monsieur, madame, mr, mme,
        cordialement, bien cordialement, cdt, cdlt, bien à vous, bien à toi, salutations, bonne
        journée, bonne soirée, bon week end, bon weekend, bonne fin de journée, bonne semaine, à
        bientôt, au revoir, l'équipe, équipe, collègues, tout le monde, à tous
    """,
    small="""
        ça, c'est, ce, c', cela, il, elle, l', le, la, les, un, une, des, de, du, d', est, était, a,
        à, au, aux, et, je, j', j'ai, tu, vous, nous, on, me, m', moi, toi, mon, ma, mes, ton, ta,
        votre, vos, notre, pour, pour ton aide, pour votre aide, aide, l'aide, réactivité, rapidité,
        réponse, retour, intervention, support, soutien, patience, temps, solution, info, infos,
        rapide, rapidement, vite, efficace, beaucoup, bcp, bien mieux, très, vraiment, tellement,
        tout, tous, toute, toutes, maintenant, désormais, déjà, parfaitement, correctement, ticket,
        demande, dossier, ici, chez moi, chez nous, de mon côté, côté, aussi pour, donc, alors, ah,
        oh, eh, ben, haha, mdr, lol, aujourd'hui, tout de suite, en tout cas, quand même, comme il
        faut, impeccablement, infiniment, énormément, mille fois, sincèrement, chaleureusement, à la
        normale, de ton aide, de votre aide, de votre réactivité
    """,
    trouble="""
        toujours, erreur*, problème*, souci*, panne*, bug*, plant*, bloqu*, cassé*, marche pas,
        marche plus, fonctionne pas, fonctionne plus, impossible, persiste*, manque*, manquant*,
        perdu*, disparu*, lent*, rame, noir, vide, refus*, expiré*, coup*, échou*, échec, pire, même
        erreur, même problème, la même, le même, même chose, pareil, revenu*, revient, rouvrir,
        réouvrir, réouverture, recommence*, par contre, hélas, malheureusement, parfois, de temps en
        temps, par moments, s'il vous plaît, s'il te plaît, svp, stp, pouvez vous, pourriez vous,
        peux tu, pourrais tu, pouvez, pourriez, j'ai besoin, besoin, il me faut, il faut, je
        voudrais, j'aimerais, ajouter, hier, mauvais*, faux, inutile, inchangé, incident*,
        dysfonction*, attend*, décevant, déçu, nul
    """,
    negation="non, pas, encore, ne, n', plus, jamais, rien, aucun, aucune, ni, sans, nan",
    unsettled="""
        demain, plus tard, tout à l'heure, lundi, mardi, mercredi, jeudi, vendredi, semaine
        prochaine, teste, tester, testé, essaie, essaye, essayer, essayé, vérifie, vérifier,
        vérifié, regarde, regarder, je vais, vais, on va, tiens au courant, tiendrai au courant,
        reviens vers, dès que, quand, si, lorsque, peut être, probablement, sans doute, semble*, a
        priori, apparemment, j'espère, espère*, espérons, on verra, à voir, verrai, je crois, crois,
        pense, devrait, pourrait, serait, pour l'instant, pour le moment, jusqu'ici, congé*,
        vacances, comment, pourquoi, quoi, quel, quelle, quels, quelles, lequel, laquelle, qui, où,
        est ce que, dois je, sais pas, ne sais pas, pas encore, après midi, bientôt, ^est ce, ^avez
        vous, ^as tu, ^êtes vous, ^a t il, ^est il, ^puis je
    """,
    but="mais, cependant, toutefois, pourtant, sauf, sauf que, seulement, néanmoins, or",
)
